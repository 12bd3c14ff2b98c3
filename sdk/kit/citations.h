/* kit/citations.h - publications that ops cite, each written once. Rows of a table of citations:
 *
 *     static const loom_citation citations[] = { CITE_PHAM_2023, CITE_ODONOGHUE_2015, { 0 } };
 *
 * A publication that one op alone cites may stand in that op's own file. */
#ifndef LOOM_KIT_CITATIONS_H
#define LOOM_KIT_CITATIONS_H
#include <atomloom/op.h>

/* ---- reconstruction -------------------------------------------------------------------------- */
#define CITE_GILBERT_1972 \
    LOOM_CITATION(.doi = "10.1016/0022-5193(72)90180-4", .authors = "Gilbert, Peter", \
                  .title = "Iterative methods for the three-dimensional reconstruction of an " \
                           "object from projections", \
                  .journal = "Journal of Theoretical Biology", .volume = "36", .pages = "105-117", \
                  .year = 1972)
#define CITE_SHEPP_1982 \
    LOOM_CITATION(.doi = "10.1109/TMI.1982.4307558", \
                  .authors = "Shepp, Lawrence A. and Vardi, Yehuda", \
                  .title = "Maximum likelihood reconstruction for emission tomography", \
                  .journal = "IEEE Transactions on Medical Imaging", .volume = "1", \
                  .pages = "113-122", .year = 1982)
#define CITE_ANDERSEN_1984 \
    LOOM_CITATION(.doi = "10.1016/0161-7346(84)90008-7", \
                  .authors = "Andersen, A. H. and Kak, A. C.", \
                  .title = "Simultaneous algebraic reconstruction technique (SART): a superior " \
                           "implementation of the ART algorithm", \
                  .journal = "Ultrasonic Imaging", .volume = "6", .pages = "81-94", .year = 1984)
#define CITE_KAK_2001 \
    LOOM_CITATION(.doi = "10.1137/1.9780898719277", \
                  .authors = "Kak, Avinash C. and Slaney, Malcolm", \
                  .title = "Principles of computerized tomographic imaging", \
                  .publisher = "Society for Industrial and Applied Mathematics", .year = 2001)
#define CITE_GREGOR_2008 \
    LOOM_CITATION(.doi = "10.1109/TMI.2008.923696", .authors = "Gregor, Jens and Benson, Thomas", \
                  .title = "Computational analysis and improvement of SIRT", \
                  .journal = "IEEE Transactions on Medical Imaging", .volume = "27", \
                  .pages = "918-924", .year = 2008)
#define CITE_ODONOGHUE_2015 \
    LOOM_CITATION(.doi = "10.1007/s10208-013-9150-3", \
                  .authors = "O'Donoghue, Brendan and Candès, Emmanuel", \
                  .title = "Adaptive restart for accelerated gradient schemes", \
                  .journal = "Foundations of Computational Mathematics", .volume = "15", \
                  .pages = "715-732", .year = 2015)
#define CITE_PHAM_2023 \
    LOOM_CITATION( \
            .doi = "10.1038/s41598-023-31124-7", \
            .authors = \
                "Pham, Minh and Yuan, Yakun and Rana, Arjun and Osher, Stanley and Miao, Jianwei", \
            .title = \
                "Accurate real space iterative reconstruction (RESIRE) algorithm for tomography", \
            .journal = "Scientific Reports", .volume = "13", .pages = "5624", .year = 2023)

/* ---- alignment ------------------------------------------------------------------------------- */
#define CITE_TRIGGS_2000 \
    LOOM_CITATION(.doi = "10.1007/3-540-44480-7_21", \
                  .authors = "Triggs, Bill and McLauchlan, Philip F. and Hartley, Richard I. and " \
                             "Fitzgibbon, Andrew W.", \
                  .title = "Bundle adjustment: a modern synthesis", \
                  .book = \
                      "Vision Algorithms: Theory and Practice, Lecture Notes in Computer Science", \
                  .volume = "1883", .pages = "298-372", .publisher = "Springer", .year = 2000)
#define CITE_SCOTT_2012 \
    LOOM_CITATION(.doi = "10.1038/nature10934", \
                  .authors = "Scott, M. C. and Chen, Chien-Chun and Mecklenburg, Matthew and " \
                             "Zhu, Chun and Xu, Rui and Ercius, Peter and " \
                             "Dahmen, Ulrich and Regan, B. C. and Miao, Jianwei", \
                  .title = "Electron tomography at 2.4-ångström resolution", .journal = "Nature", \
                  .volume = "483", .pages = "444-447", .year = 2012)

/* ---- atoms in images ------------------------------------------------------------------------- */
#define CITE_SNYDER_1993 \
    LOOM_CITATION(.doi = "10.1364/JOSAA.10.001014", \
                  .authors = "Snyder, Donald L. and Hammoud, Abed M. and White, Richard L.", \
                  .title = \
                      "Image recovery from data acquired with a charge-coupled-device camera", \
                  .journal = "Journal of the Optical Society of America A", .volume = "10", \
                  .pages = "1014-1023", .year = 1993)
#define CITE_FATERMANS_2019 \
    LOOM_CITATION(.doi = "10.48550/arXiv.1902.05809", \
                  .authors = "Fatermans, Jarmo and Van Aert, Sandra and den Dekker, Arnold J.", \
                  .title = "The maximum a posteriori probability rule for atom column detection " \
                           "from HAADF STEM images", \
                  .journal = "arXiv", .year = 2019)
#define CITE_BRUNGER_1992 \
    LOOM_CITATION(.doi = "10.1038/355472a0", .authors = "Brünger, Axel T.", \
                  .title = "Free R value: a novel statistical quantity for assessing the " \
                           "accuracy of crystal structures", \
                  .journal = "Nature", .volume = "355", .pages = "472-475", .year = 1992)
#define CITE_RABINER_1989 \
    LOOM_CITATION(.doi = "10.1109/5.18626", .authors = "Rabiner, Lawrence R.", \
                  .title = "A tutorial on hidden Markov models and selected applications in " \
                           "speech recognition", \
                  .journal = "Proceedings of the IEEE", .volume = "77", .pages = "257-286", \
                  .year = 1989)
#define CITE_DEMPSTER_1977 \
    LOOM_CITATION(.doi = "10.1111/j.2517-6161.1977.tb01600.x", \
                  .authors = "Dempster, A. P. and Laird, N. M. and Rubin, D. B.", \
                  .title = "Maximum likelihood from incomplete data via the EM algorithm", \
                  .journal = "Journal of the Royal Statistical Society: Series B", .volume = "39", \
                  .pages = "1-22", .year = 1977)
#define CITE_DE_BACKER_2016 \
    LOOM_CITATION(.doi = "10.1016/j.ultramic.2016.08.018", \
                  .authors = "De Backer, A. and van den Bos, K. H. W. and Van den Broek, W. and " \
                             "Sijbers, J. and Van Aert, S.", \
                  .title = "StatSTEM: An efficient approach for accurate and precise model-based " \
                           "quantification of atomic resolution electron microscopy images", \
                  .journal = "Ultramicroscopy", .volume = "171", .pages = "104-116", .year = 2016)

/* ---- atoms in a volume ----------------------------------------------------------------------- */
#define CITE_ROGERS_2007 \
    LOOM_CITATION(.doi = "10.1088/1478-3975/4/3/008", \
                  .authors = \
                      "Rogers, Salman S. and Waigh, Thomas A. and Zhao, Xiubo and Lu, Jian R.", \
                  .title = "Precise particle tracking against a complicated background: " \
                           "polynomial fitting with Gaussian weight", \
                  .journal = "Physical Biology", .volume = "4", .pages = "220-227", .year = 2007)
#define CITE_XU_2015 \
    LOOM_CITATION(.doi = "10.1038/nmat4426", \
                  .authors = "Xu, Rui and Chen, Chien-Chun and Wu, Li and Scott, M. C. and " \
                             "Theis, W. and Ophus, Colin and Bartels, Matthias and " \
                             "Yang, Yongsoo and Ramezani-Dakhel, Hadi and Sawaya, Michael R. and " \
                             "Heinz, Hendrik and Marks, Laurence D. and " \
                             "Ercius, Peter and Miao, Jianwei", \
                  .title = "Three-dimensional coordinates of individual atoms in materials " \
                           "revealed by electron tomography", \
                  .journal = "Nature Materials", .volume = "14", .pages = "1099-1103", \
                  .year = 2015)
#define CITE_YANG_2017 \
    LOOM_CITATION(.doi = "10.1038/nature21042", \
                  .authors = \
                      "Yang, Yongsoo and Chen, Chien-Chun and Scott, M. C. and Ophus, Colin and " \
                      "Xu, Rui and Pryor, Alan and Wu, Li and " \
                      "Sun, Fan and Theis, Wolfgang and Zhou, Jihan and Eisenbach, Markus and " \
                      "Kent, Paul R. C. and " \
                      "Sabirianov, Renat F. and Zeng, Hao and Ercius, Peter and Miao, Jianwei", \
                  .title = "Deciphering chemical order/disorder and material properties at the " \
                           "single-atom level", \
                  .journal = "Nature", .volume = "542", .pages = "75-79", .year = 2017)
#define CITE_YANG_2021 \
    LOOM_CITATION(.doi = "10.1038/s41586-021-03354-0", \
                  .authors = "Yang, Yao and Zhou, Jihan and Zhu, Fan and Yuan, Yakun and Chang, " \
                             "Dillan J. and Kim, Dennis S. and Pham, Minh and " \
                             "Rana, Arjun and Tian, Xuezeng and Yao, Yonggang and Osher, Stanley " \
                             "J. and Schmid, Andreas K. and " \
                             "Hu, Liangbing and Ercius, Peter and Miao, Jianwei", \
                  .title = \
                      "Determining the three-dimensional atomic structure of an amorphous solid", \
                  .journal = "Nature", .volume = "592", .pages = "60-64", .year = 2021)
#define CITE_LLOYD_1982 \
    LOOM_CITATION(.doi = "10.1109/TIT.1982.1056489", .authors = "Lloyd, Stuart P.", \
                  .title = "Least squares quantization in PCM", \
                  .journal = "IEEE Transactions on Information Theory", .volume = "28", \
                  .pages = "129-137", .year = 1982)

/* ---- structure and order --------------------------------------------------------------------- */
#define CITE_COWLEY_1950 \
    LOOM_CITATION(.doi = "10.1103/PhysRev.77.669", .authors = "Cowley, J. M.", \
                  .title = "An approximate theory of order in alloys", \
                  .journal = "Physical Review", .volume = "77", .pages = "669-675", .year = 1950)
#define CITE_EDELSBRUNNER_1994 \
    LOOM_CITATION(.doi = "10.1145/174462.156635", \
                  .authors = "Edelsbrunner, Herbert and Mücke, Ernst P.", \
                  .title = "Three-dimensional alpha shapes", \
                  .journal = "ACM Transactions on Graphics", .volume = "13", .pages = "43-72", \
                  .year = 1994)
#define CITE_BARBER_1996 \
    LOOM_CITATION(.doi = "10.1145/235815.235821", \
                  .authors = "Barber, C. Bradford and Dobkin, David P. and Huhdanpaa, Hannu", \
                  .title = "The quickhull algorithm for convex hulls", \
                  .journal = "ACM Transactions on Mathematical Software", .volume = "22", \
                  .pages = "469-483", .year = 1996)
#define CITE_LECHNER_2008 \
    LOOM_CITATION(.doi = "10.1063/1.2977970", \
                  .authors = "Lechner, Wolfgang and Dellago, Christoph", \
                  .title = "Accurate determination of crystal structures based on averaged local " \
                           "bond order parameters", \
                  .journal = "The Journal of Chemical Physics", .volume = "129", \
                  .pages = "114707", .year = 2008)
#define CITE_STUKOWSKI_2014 \
    LOOM_CITATION(.doi = "10.1007/s11837-013-0827-5", .authors = "Stukowski, Alexander", \
                  .title = "Computational analysis methods in atomistic modeling of crystals", \
                  .journal = "JOM", .volume = "66", .pages = "399-407", .year = 2014)
#define CITE_LI_2019 \
    LOOM_CITATION(.doi = "10.1038/s41467-019-11464-7", \
                  .authors = "Li, Qing-Jie and Sheng, Howard and Ma, Evan", \
                  .title = "Strengthening in multi-principal element alloys with " \
                           "local-chemical-order roughened dislocation pathways", \
                  .journal = "Nature Communications", .volume = "10", .pages = "3563", \
                  .year = 2019)
#define CITE_ZHOU_2019 \
    LOOM_CITATION(.doi = "10.1038/s41586-019-1317-x", \
                  .authors = "Zhou, Jihan and Yang, Yongsoo and Yang, Yao and Kim, Dennis S. and " \
                             "Yuan, Andrew and Tian, Xuezeng and Ophus, Colin and " \
                             "Sun, Fan and Schmid, Andreas K. and Nathanson, Michael and Heinz, " \
                             "Hendrik and An, Qi and Zeng, Hao and " \
                             "Ercius, Peter and Miao, Jianwei", \
                  .title = "Observing crystal nucleation in four dimensions using atomic " \
                           "electron tomography", \
                  .journal = "Nature", .volume = "570", .pages = "500-503", .year = 2019)
#define CITE_LI_2023 \
    LOOM_CITATION(.doi = "10.1038/s41467-023-38536-z", \
                  .authors = "Li, Zezhou and Xie, Zhiheng and Zhang, Yao and Mu, Xilong and Xie, " \
                             "Jisheng and Yin, Hai-Jing and Zhang, Ya-Wen and " \
                             "Ophus, Colin and Zhou, Jihan", \
                  .title = "Probing the atomically diffuse interfaces in Pd@Pt core-shell " \
                           "nanoparticles in three dimensions", \
                  .journal = "Nature Communications", .volume = "14", .pages = "2934", \
                  .year = 2023)
#define CITE_MONIRI_2023 \
    LOOM_CITATION(.doi = "10.1038/s41586-023-06785-z", \
                  .authors = "Moniri, Saman and Yang, Yao and Ding, Jun and Yuan, Yakun and " \
                             "Zhou, Jihan and Yang, Long and Zhu, Fan and " \
                             "Liao, Yuxuan and Yao, Yonggang and Hu, Liangbing and Ercius, Peter " \
                             "and Miao, Jianwei", \
                  .title = "Three-dimensional atomic structure and local chemical order of " \
                           "medium- and high-entropy nanoalloys", \
                  .journal = "Nature", .volume = "624", .pages = "564-569", .year = 2023)
#define CITE_FELDMAN_1998 \
    LOOM_CITATION(.doi = "10.1103/PhysRevD.57.3873", \
                  .authors = "Feldman, Gary J. and Cousins, Robert D.", \
                  .title = \
                      "Unified approach to the classical statistical analysis of small signals", \
                  .journal = "Physical Review D", .volume = "57", .pages = "3873-3889", \
                  .year = 1998)
#define CITE_FICK_1855 \
    LOOM_CITATION(.doi = "10.1002/andp.18551700105", .authors = "Fick, Adolf", \
                  .title = "Ueber Diffusion", .journal = "Annalen der Physik", .volume = "170", \
                  .pages = "59-86", .year = 1855)

/* ---- simulation ------------------------------------------------------------------------------ */
#define CITE_HOERMANN_1993 \
    LOOM_CITATION(.doi = "10.1016/0167-6687(93)90997-4", .authors = "Hörmann, W.", \
                  .title = \
                      "The transformed rejection method for generating Poisson random variables", \
                  .journal = "Insurance: Mathematics and Economics", .volume = "12", \
                  .pages = "39-45", .year = 1993)
#define CITE_KIRKLAND_2010 \
    LOOM_CITATION(.doi = "10.1007/978-1-4419-6533-2", .authors = "Kirkland, Earl J.", \
                  .title = "Advanced computing in electron microscopy", .publisher = "Springer", \
                  .year = 2010)
#define CITE_OPHUS_2017 \
    LOOM_CITATION( \
            .doi = "10.1186/s40679-017-0046-1", .authors = "Ophus, Colin", \
            .title = \
                "A fast image simulation algorithm for scanning transmission electron microscopy", \
            .journal = "Advanced Structural and Chemical Imaging", .volume = "3", .pages = "13", \
            .year = 2017)
#define CITE_PRYOR_2017 \
    LOOM_CITATION(.doi = "10.1186/s40679-017-0048-z", \
                  .authors = "Pryor, Jr., Alan and Ophus, Colin and Miao, Jianwei", \
                  .title = "A streaming multi-GPU implementation of image simulation algorithms " \
                           "for scanning transmission electron microscopy", \
                  .journal = "Advanced Structural and Chemical Imaging", .volume = "3", \
                  .pages = "15", .year = 2017)

/* ---- files ----------------------------------------------------------------------------------- */
#define CITE_CHENG_2015 \
    LOOM_CITATION(.doi = "10.1016/j.jsb.2015.04.002", \
                  .authors = "Cheng, Anchi and Henderson, Richard and Mastronarde, David and " \
                             "Ludtke, Steven J. and Schoenmakers, Remco H. M. and " \
                             "Short, Judith and Marabini, Roberto and Dallakyan, Sargis and " \
                             "Agard, David and Winn, Martyn", \
                  .title = "MRC2014: extensions to the MRC format header for electron " \
                           "cryo-microscopy and tomography", \
                  .journal = "Journal of Structural Biology", .volume = "192", .pages = "146-150", \
                  .year = 2015)
#define CITE_HARRIS_2020 \
    LOOM_CITATION(.doi = "10.1038/s41586-020-2649-2", \
                  .authors = "Harris, Charles R. and Millman, K. Jarrod and van der Walt, Stéfan " \
                             "J. and Gommers, Ralf and Virtanen, Pauli and " \
                             "Cournapeau, David and Wieser, Eric and Taylor, Julian and Berg, " \
                             "Sebastian and Smith, Nathaniel J. and " \
                             "Kern, Robert and Picus, Matti and Hoyer, Stephan and van Kerkwijk, " \
                             "Marten H. and Brett, Matthew and " \
                             "Haldane, Allan and Fernández del Río, Jaime and Wiebe, Mark and " \
                             "Peterson, Pearu and Gérard-Marchant, Pierre and " \
                             "Sheppard, Kevin and Reddy, Tyler and Weckesser, Warren and Abbasi, " \
                             "Hameer and Gohlke, Christoph and " \
                             "Oliphant, Travis E.", \
                  .title = "Array programming with NumPy", .journal = "Nature", .volume = "585", \
                  .pages = "357-362", .year = 2020)
#define CITE_THOMPSON_2022 \
    LOOM_CITATION(.doi = "10.1016/j.cpc.2021.108171", \
                  .authors = "Thompson, Aidan P. and Aktulga, H. Metin and Berger, Richard and " \
                             "Bolintineanu, Dan S. and Brown, W. Michael and " \
                             "Crozier, Paul S. and in 't Veld, Pieter J. and Kohlmeyer, Axel and " \
                             "Moore, Stan G. and Nguyen, Trung Dac and " \
                             "Shan, Ray and Stevens, Mark J. and Tranchida, Julien and Trott, " \
                             "Christian and Plimpton, Steven J.", \
                  .title = "LAMMPS - a flexible simulation tool for particle-based materials " \
                           "modeling at the atomic, meso, and continuum scales", \
                  .journal = "Computer Physics Communications", .volume = "271", \
                  .pages = "108171", .year = 2022)

/* ---- images ---------------------------------------------------------------------------------- */
#define CITE_WIENER_1949 \
    LOOM_CITATION(.doi = "10.7551/mitpress/2946.001.0001", .authors = "Wiener, Norbert", \
                  .title = "Extrapolation, interpolation, and smoothing of stationary time " \
                           "series: with engineering applications", \
                  .publisher = "MIT Press", .year = 1949)
#define CITE_OTSU_1979 \
    LOOM_CITATION(.doi = "10.1109/TSMC.1979.4310076", .authors = "Otsu, Nobuyuki", \
                  .title = "A threshold selection method from gray-level histograms", \
                  .journal = "IEEE Transactions on Systems, Man, and Cybernetics", .volume = "9", \
                  .pages = "62-66", .year = 1979)
#define CITE_IMMERKAER_1996 \
    LOOM_CITATION(.doi = "10.1006/cviu.1996.0060", .authors = "Immerkær, John", \
                  .title = "Fast noise variance estimation", \
                  .journal = "Computer Vision and Image Understanding", .volume = "64", \
                  .pages = "300-302", .year = 1996)
#define CITE_DABOV_2007 \
    LOOM_CITATION(.doi = "10.1109/TIP.2007.901238", \
                  .authors = "Dabov, Kostadin and Foi, Alessandro and Katkovnik, Vladimir and " \
                             "Egiazarian, Karen", \
                  .title = "Image denoising by sparse 3-D transform-domain collaborative " \
                           "filtering", \
                  .journal = "IEEE Transactions on Image Processing", .volume = "16", \
                  .pages = "2080-2095", .year = 2007)
#define CITE_FOI_2008 \
    LOOM_CITATION(.doi = "10.1109/TIP.2008.2001399", \
                  .authors = "Foi, Alessandro and Trimeche, Mejdi and Katkovnik, Vladimir and " \
                             "Egiazarian, Karen", \
                  .title = "Practical Poissonian-Gaussian noise modeling and fitting for " \
                           "single-image raw-data", \
                  .journal = "IEEE Transactions on Image Processing", .volume = "17", \
                  .pages = "1737-1754", .year = 2008)
#define CITE_RAMANI_2008 \
    LOOM_CITATION(.doi = "10.1109/TIP.2008.2001404", \
                  .authors = "Ramani, Sathish and Blu, Thierry and Unser, Michael", \
                  .title = "Monte-Carlo SURE: a black-box optimization of regularization " \
                           "parameters for general denoising algorithms", \
                  .journal = "IEEE Transactions on Image Processing", .volume = "17", \
                  .pages = "1540-1554", .year = 2008)
#define CITE_GUIZAR_2008 \
    LOOM_CITATION(.doi = "10.1364/OL.33.000156", \
                  .authors = \
                      "Guizar-Sicairos, Manuel and Thurman, Samuel T. and Fienup, James R.", \
                  .title = "Efficient subpixel image registration algorithms", \
                  .journal = "Optics Letters", .volume = "33", .pages = "156-158", .year = 2008)
#define CITE_MAKITALO_2013 \
    LOOM_CITATION(.doi = "10.1109/TIP.2012.2202675", \
                  .authors = "Mäkitalo, Markku and Foi, Alessandro", \
                  .title = "Optimal inversion of the generalized Anscombe transformation for " \
                           "Poisson-Gaussian noise", \
                  .journal = "IEEE Transactions on Image Processing", .volume = "22", \
                  .pages = "91-103", .year = 2013)
#define CITE_RUDIN_1992 \
    LOOM_CITATION(.doi = "10.1016/0167-2789(92)90242-F", \
                  .authors = "Rudin, Leonid I. and Osher, Stanley and Fatemi, Emad", \
                  .title = "Nonlinear total variation based noise removal algorithms", \
                  .journal = "Physica D: Nonlinear Phenomena", .volume = "60", .pages = "259-268", \
                  .year = 1992)
#define CITE_BUADES_2005 \
    LOOM_CITATION(.doi = "10.1137/040616024", \
                  .authors = "Buades, Antoni and Coll, Bartomeu and Morel, Jean-Michel", \
                  .title = "A review of image denoising algorithms, with a new one", \
                  .journal = "Multiscale Modeling & Simulation", .volume = "4", \
                  .pages = "490-530", .year = 2005)
#define CITE_BECK_2009 \
    LOOM_CITATION(.doi = "10.1109/TIP.2009.2028250", .authors = "Beck, Amir and Teboulle, Marc", \
                  .title = "Fast gradient-based algorithms for constrained total variation image " \
                           "denoising and deblocking problems", \
                  .journal = "IEEE Transactions on Image Processing", .volume = "18", \
                  .pages = "2419-2434", .year = 2009)
#define CITE_EFRON_2004 \
    LOOM_CITATION(.doi = "10.1198/016214504000000692", .authors = "Efron, Bradley", \
                  .title = "The estimation of prediction error: covariance penalties and " \
                           "cross-validation", \
                  .journal = "Journal of the American Statistical Association", .volume = "99", \
                  .pages = "619-632", .year = 2004)
#endif
